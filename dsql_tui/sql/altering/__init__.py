"""Changes of a relation's definition as statements, and what DSQL would refuse about them."""
