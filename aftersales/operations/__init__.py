"""For those who keep it running: is it ready, what waits, and the port where that can be asked."""
