"""Scripts that make the illustrative data set again, byte for byte: `python -m data.build`."""
