"""The authored corpus and other people's records: loading, checking, splitting."""
