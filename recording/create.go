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
	x, out := filesOf(f, strings.HasSuffix(name, ".gz"))
	var sound io.Writer
	if o != nil && o.keeps(KeepAudio) && !o.keeps(KeepFrames) {
		s, err := create(SoundFile(name))
		if err != nil {
			_ = f.Close()
			return nil, errors.Join(err, os.Remove(name))
		}
		sound, x.list = s, append(x.list, s)
	}
	w := newWriter(out, sound, o)
	w.finish = x.close
	return w, nil
}

// file is a file of a recording: an [os.File].
type file interface {
	io.WriteCloser
	Sync() error
}

// files are those of a recording.
type files struct {
	zip  *gzip.Writer // nil without compression
	list []file
}

// filesOf returns the files of a recording without sound, and what lines are written to.
func filesOf(f file, zipped bool) (*files, io.Writer) {
	x := &files{list: []file{f}}
	if !zipped {
		return x, f
	}
	x.zip = gzip.NewWriter(f)
	return x, x.zip
}

// close closes the files, of which the system has written all then.
func (x *files) close() (err error) {
	if x.zip != nil {
		err = x.zip.Close() // It writes.
	}
	for _, f := range x.list {
		err = errors.Join(err, f.Sync())
	}
	for _, f := range x.list {
		err = errors.Join(err, f.Close())
	}
	return err
}

func create(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600) //nolint:gosec // The caller's file.
}
