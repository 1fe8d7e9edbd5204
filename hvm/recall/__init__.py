"""The recall task: tables of trials, and statistics of people's times beside models' surprisal."""
