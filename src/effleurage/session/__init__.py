"""What happened at the table: events that are only ever added, and the record that is read off them."""
