"""What is proved of the protocols over all intakes: guarantees, laws, the difference of two versions, telling patients."""
