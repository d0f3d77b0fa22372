"""SELECTs of the rows of a relation: page by page, filtered, sorted, by foreign keys."""
