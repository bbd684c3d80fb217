package wheel

// FieldsOf returns what the fields of METADATA say.
func FieldsOf(text string) (d Dist) {
	d.take(parseHeaders(text))
	return d
}
