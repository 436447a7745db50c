"""The commands of the program `mlmax`, one module each; they import what is heavy when they run."""
