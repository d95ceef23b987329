"""Comparing: are two typed values equal? The cheapest sure way decides."""
