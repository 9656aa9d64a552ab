package recording

import "io"

// Redact writes a recording again with less content, so that a full one can be shared: at
// most what o keeps and r has, with the masks of o. Sound beside the recording is not
// written; the lines that refer to it are left out. It returns a [*LineError] for a garbled
// line, with all lines before it written. Doing it twice changes nothing.
func Redact(w io.Writer, r io.Reader, o *Options) error {
	d, err := NewReader(r)
	if err != nil {
		return err
	}
	x := Writer{o: o.resolved()}
	x.filter = x.o.filter()
	h := d.Header
	h.Sound, h.Keep = "", nil
	for _, k := range x.o.Keep {
		if d.Header.Keeps(k) {
			h.Keep = append(h.Keep, k)
		}
	}
	x.o.nameMasks(&h)
	buf, err := appendHeader(nil, x.keptHeader(h))
	if err != nil {
		return err
	}
	for l, err := range d.Lines() {
		if err != nil {
			_, failed := w.Write(buf)
			return firstError(failed, err)
		}
		if l.Body = x.lowered(l.Body); l.Body == nil {
			continue
		}
		l.Extra = nil
		if buf, err = appendLine(buf, &l); err != nil {
			return err
		}
		if len(buf) > earlyFlush {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err = w.Write(buf)
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// lowered returns what is kept of a line, nil for nothing.
func (w *Writer) lowered(b Body) Body {
	f, ok := b.(*Frame)
	if !ok {
		if a, isAudio := b.(*Audio); isAudio && a.Ref != nil {
			return nil
		}
		return w.kept(b)
	}
	c := *f
	c.Fate = name(&w.filter, f.Fate)
	c.Type, c.Item, c.Response = w.filter.Name(f.Type), w.filter.ID(f.Item), w.filter.ID(f.Response)
	if f.Event != nil {
		event, kept := w.filter.Append(nil, f.Type, f.Event)
		if c.Event = event; !kept {
			c.Event = nil
		}
	}
	if f.Raw != nil {
		c.Raw = w.keptRaw(f.Raw)
	}
	if !w.o.keeps(KeepFrames) {
		c.Raw = nil
		if kindOf(f.Type) != single {
			c.Event = nil
		}
	}
	return &c
}
