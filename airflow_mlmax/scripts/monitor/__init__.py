"""The analyzer: statistics, constraints and violations of a data set in the file formats of SageMaker's monitors."""
