package sample

func top(b *Base) string {
	name := b.name // A local variable makes no arrow.
	return name + b.upper() + b.loop()
}
