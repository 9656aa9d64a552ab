package recording

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logged is a file that logs what is done to it.
type logged struct {
	name string
	log  *[]string
	bytes.Buffer
}

func (f *logged) Sync() error {
	*f.log = append(*f.log, fmt.Sprint("sync ", f.name, " ", f.Len()))
	return nil
}

func (f *logged) Close() error {
	*f.log = append(*f.log, fmt.Sprint("close ", f.name, " ", f.Len()))
	return nil
}

// TestFilesAreSyncedWhole holds that all of a file is passed to the disk before it is closed,
// with what the compression writes at its end.
func TestFilesAreSyncedWhole(t *testing.T) {
	t.Parallel()
	for _, zipped := range []bool{false, true} {
		var log []string
		lines, sound := &logged{name: "lines", log: &log}, &logged{name: "sound", log: &log}
		x, out := filesOf(lines, zipped)
		x.list = append(x.list, sound)
		w := newWriter(out, sound, &Options{Keep: []Keep{KeepAudio}})
		w.finish = x.close
		w.Message(Message{Direction: Out, Data: []byte(`{"type":"input_audio_buffer.append","audio":"AAAA"}`)})
		require.NoError(t, w.Close(nil))
		assert.Equal(t, []string{
			fmt.Sprint("sync lines ", lines.Len()), "sync sound 3", fmt.Sprint("close lines ", lines.Len()), "close sound 3",
		}, log)
		if zipped {
			z, err := gzip.NewReader(lines)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, z)
			require.NoError(t, err, "the end of the compressed file is there")
		}
	}
}
