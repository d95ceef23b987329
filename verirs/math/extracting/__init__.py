"""Finding the final answer in a completion: turns, boxes, sentences, cues. Nothing here judges."""
