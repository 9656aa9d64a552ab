package host

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
)

// script is a connection over which given messages come.
type script struct{ left []string }

func (s *script) Read() (binary bool, data []byte, err error) {
	if len(s.left) == 0 {
		return false, nil, io.EOF
	}
	text := s.left[0]
	s.left = s.left[1:]
	return text == "binary", []byte(text), nil
}

func (s *script) Write([]byte) error { return nil }
func (s *script) Close(uint16)       {}

// TestAwait lets streams begin with something else than their start.
func TestAwait(t *testing.T) {
	t.Parallel()
	opening, bad := &Opening{}, errors.New("bad")
	take := func(data []byte) (*Opening, error) {
		switch string(data) {
		case "start":
			return opening, nil
		case "bad":
			return nil, bad
		case "binary":
			t.Error("a binary message is taken for a start")
		}
		return nil, nil
	}
	many := append(strings.Split(strings.Repeat("media,", beforeStart-1)+"mark", ","), "start")
	for name, c := range map[string]struct {
		messages []string
		want     error
	}{
		"at once":                  {[]string{"start"}, nil},
		"after other messages":     {[]string{"connected", "media", "binary", "mark", "stop", "start", "start"}, nil},
		"start that is refused":    {[]string{"media", "bad", "start"}, bad},
		"end before the start":     {[]string{"connected"}, telephony.ErrNoStart},
		"messages without a start": {many, telephony.ErrNoStart},
	} {
		s := &script{c.messages}
		o, err := Await(s, take)
		require.ErrorIs(t, err, c.want, name)
		assert.Equal(t, c.want == nil, o == opening, name)
	}
}
