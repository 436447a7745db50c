"""Programs that run before the job's own, alone: standard library only, any Python from 3.8 on."""
