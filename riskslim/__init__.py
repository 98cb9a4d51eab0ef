"""Optimized risk scores with a certificate."""
