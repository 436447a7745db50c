"""What jobs cost at list price: prices as data, and the charge of a job from its final description."""
