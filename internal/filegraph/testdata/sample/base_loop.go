package sample

func (b *Base) loop() string { return top(b) }
