"""The heavy steps of a loop, each in a process of its own: training, the reward model, the distance."""
