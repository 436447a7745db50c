"""How a model would have done before: windows of a back-test, results of windows and folds, their page. Pure."""
