"""The chapters of the demo. Each finds out by itself what an earlier run of the demo on the same folder has done."""
