"""How a reward model is read: a recipe is data, chosen by what the model's own files say."""
