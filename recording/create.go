package recording

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
)

// Create makes the file of a recording, NAME.jsonl or compressed NAME.jsonl.gz, readable
// by its owner alone, and NAME.audio beside it if sound is kept and [KeepFrames] is not.
// An existing file is an error. o may be nil.
func Create(name string, o *Options) (*Writer, error) {
	f, err := create(name)
	if err != nil {
		return nil, err
	}
	files, closers := []*os.File{f}, []io.Closer{f}
	var out io.Writer = f
	if strings.HasSuffix(name, ".gz") {
		z := gzip.NewWriter(f)
		out, closers = z, []io.Closer{z, f}
	}
	var sound io.Writer
	if o != nil && o.keeps(KeepAudio) && !o.keeps(KeepFrames) {
		s, err := create(SoundFile(name))
		if err != nil {
			_ = f.Close()
			return nil, errors.Join(err, os.Remove(name))
		}
		sound = s
		files, closers = append(files, s), append(closers, s)
	}
	w := newWriter(out, sound, o)
	w.closers = closers
	w.sync = func() error {
		var err error
		for _, f := range files {
			err = errors.Join(err, f.Sync())
		}
		return err
	}
	return w, nil
}

func create(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600) //nolint:gosec // The caller's file.
}
