"""The tablet without a network: one generated JavaScript module that decides, plans and scripts as the core does."""
