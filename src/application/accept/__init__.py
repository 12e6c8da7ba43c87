"""Accept pictures: admit, store, insert, publish."""
