"""How good a model is: confusion, events on streams, intervals over groups, paired comparisons."""
