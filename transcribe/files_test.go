package transcribe_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/transcribe"
)

// counted counts the recordings that are open.
type counted struct {
	io.Reader

	open *atomic.Int64
}

func (c counted) Close() error {
	c.open.Add(-1)
	return nil
}

func TestFilesAreBoundedAndInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "one", Delay: time.Second}, {Text: "two"}}})
		var open, most atomic.Int64
		broken := errors.New("no such tape")
		var sources []transcribe.Source
		for i := range 9 {
			sources = append(sources, transcribe.Source{Name: strconv.Itoa(i), Open: func() (io.Reader, error) {
				if i == 4 {
					return nil, broken
				}
				now := open.Add(1)
				for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
				}
				return counted{bytes.NewReader(speech(1 + i%2)), &open}, nil
			}})
		}
		sources = append(sources, transcribe.Source{Name: "nothing"})
		var names []string
		for got := range transcribe.Files(t.Context(), client, sources, &transcribe.Options{Sessions: 3, Partial: true}) {
			names = append(names, got.Name)
			switch got.Name {
			case "4":
				require.ErrorIs(t, got.Err, broken)
			case "nothing":
				require.ErrorContains(t, got.Err, "no Open")
			case "1", "3", "5", "7":
				require.NoError(t, got.Err)
				assert.Equal(t, "one two", got.Text())
			default:
				require.NoError(t, got.Err)
				assert.Equal(t, "one", got.Text())
			}
		}
		assert.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "nothing"}, names)
		assert.EqualValues(t, 3, most.Load())
		assert.Zero(t, open.Load())
	})
}

func TestLeavingTheLoopOverFilesEndsAllSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, client := serve(t, realtimetest.Script{Heard: []realtimetest.Heard{{Text: "one"}}})
		source := transcribe.Source{Open: func() (io.Reader, error) { return bytes.NewReader(speech(1)), nil }}
		for range transcribe.Files(t.Context(), client, []transcribe.Source{source, source, source}, &transcribe.Options{Sessions: 2}) {
			break
		}
		conns := srv.Conns()
		assert.LessOrEqual(t, len(conns), 2)
		for _, c := range conns {
			<-c.Done()
		}
	})
}

func TestWAVFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.wav")
	var file bytes.Buffer
	wav := audio.NewWAVWriter(&file, audio.PCM24k, 1)
	_, err := wav.Write(speech(1))
	require.NoError(t, err)
	require.NoError(t, wav.Close())
	require.NoError(t, os.WriteFile(name, file.Bytes(), 0o600))
	r, err := transcribe.WAVFile(name).Open()
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, speech(1), got)
	c, ok := r.(io.Closer)
	require.True(t, ok)
	require.NoError(t, c.Close())
	_, err = transcribe.WAVFile(name + "x").Open()
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(name, []byte("ID3"), 0o600))
	_, err = transcribe.WAVFile(name).Open()
	require.Error(t, err)
}
