"""What is proved over all intakes: guarantees, laws, the difference of two versions, telling patients."""
