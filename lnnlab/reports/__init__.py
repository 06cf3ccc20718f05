"""Reports: tidy tables, figures and the page that shows them."""
