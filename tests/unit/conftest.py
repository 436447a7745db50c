import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # attempts and families, which several folders share
