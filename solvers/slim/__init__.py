"""Search for scores under the 0-1 loss: the problem, bounds by packing, the driver."""
