"""Claims, the verdict types that relations demand, and the statistics behind them."""
