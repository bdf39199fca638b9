"""The steps of a calibration: measurements to pixels, pixels to samples, a fit to a document."""
