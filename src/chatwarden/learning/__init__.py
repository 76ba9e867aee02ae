"""What the product learns from people: feedback, what is made of it, and what may be shared."""
