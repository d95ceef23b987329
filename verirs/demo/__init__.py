"""What ``verirs demo`` does: a run or a loop on a small model that ships with the package."""
