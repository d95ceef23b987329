"""Problems as data."""
