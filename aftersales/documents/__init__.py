"""What every PDF of ours is made of: fonts, shaped text in any script, QR codes, and the frame of a page."""
