"""What SQL can't open by itself: archives, encodings, spreadsheets, and the shape of a file before it is read."""
