"""Sources: files of every form, their faults, and what a run says of them."""
