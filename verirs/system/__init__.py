"""What the operating system gives: files, memory, machine facts, worker processes, waiting. Knows
nothing of verirs' data."""
