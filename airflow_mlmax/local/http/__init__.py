"""The outermost layers: one port for every service, errors as AWS spells them, the runtime's own pages."""
