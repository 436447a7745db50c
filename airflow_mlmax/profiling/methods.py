"""What stands behind the figures, with its sources, as the page tells it."""

METHODS = {
    "Types": "Parquet and JSON have types of their own. In CSV a column has a type when every value of it is written that way: whole numbers "
    "without leading zeros, numbers, true and false, dates and times in ISO form (UTC). Empty fields and NaN are missing.",
    "Outliers": "IQR: beyond 1.5 interquartile ranges outside the quartiles (Tukey 1977). Robust z: 0.6745 times the distance from the median, "
    "in median absolute deviations, is above 3.5 (Iglewicz and Hoaglin 1993); not defined where half of the values are equal.",
    "Histograms": "24 ranges of one width. Where a tail is ten times longer than the middle 98 %, the outermost range holds all of it (≤, ≥). "
    "The orange line is the mean of the target in each range with at least 20 rows, on its own scale.",
    "Prediction power": "How well one column alone predicts the target on rows it was not fitted on: five folds, 32 ranges of equal size or the 256 "
    "most frequent values, missing as a value of its own, means drawn towards the overall mean by 5 rows (Micci-Barreca 2001). From 0 to 1: "
    "2 AUC - 1 for two classes, the explained part of the entropy for more, R2 for numbers. It is the figure of SageMaker Data Wrangler's data "
    "quality and insights report by another model, so values differ. Rows of one group or time are not kept together.",
    "Target leakage": "A power of {limit} or more; a value after which the outcome is certain, with a chance below one in a billion; a time after that of "
    "the event, where one is given. Each is a question to whoever knows the data, not a proof.",
    "Columns that go together": "On {sampled} rows: Spearman's rank correlation of numbers and times, over rows that have both; Cramér's V of columns "
    "with up to 50 values, corrected for chance (Bergsma 2013). From 0.9 they are reported as redundant.",
    "Personal data": "Guessed from names and the form of values. Neither this page nor the suite shows a value of these columns.",
}
