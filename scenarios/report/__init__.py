"""What a run leaves behind: a folder with its manifest, tables, transcripts and pictures."""
