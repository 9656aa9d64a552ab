package eventloop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestOf has a malformed frame between events, and each kind of end.
func TestOf(t *testing.T) {
	t.Parallel()
	malformed := fmt.Errorf("session: %w", &api.DecodeError{})
	broken := errors.New("broken")
	for _, tc := range []struct {
		end  error
		want []string
	}{
		{io.EOF, []string{"1 false", "2 true", "3 false"}},
		{fmt.Errorf("ended: %w", io.EOF), []string{"1 false", "2 true", "3 false"}},
		{broken, []string{"1 false", "2 true", "3 false", "4 true"}},
	} {
		n := 0
		recv := func(context.Context) (int, error) {
			n++
			switch n {
			case 2:
				return n, malformed
			case 4:
				return n, tc.end
			default:
				return n, nil
			}
		}
		var got []string
		for e, err := range Of(t.Context(), recv) {
			got = append(got, fmt.Sprint(e, err != nil))
		}
		assert.Equal(t, tc.want, got, "%v", tc.end)
	}
}

func TestOfEndsWithTheLoop(t *testing.T) {
	t.Parallel()
	n := 0
	for _, err := range Of(t.Context(), func(context.Context) (int, error) { n++; return n, nil }) {
		require.NoError(t, err)
		break
	}
	assert.Equal(t, 1, n)
}
