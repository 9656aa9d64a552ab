package realtime_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestItemIDs holds that an id which the service refuses is refused before it is sent, and
// that the server refuses one that is there twice, which only it can know.
func TestItemIDs(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(nil)
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-test", BaseURL: srv.URL, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	for name, skip := range map[string]bool{"by the client": false, "by the server": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{SkipValidation: skip})
			require.NoError(t, err)
			defer s.Close()
			s.Discard()
			create := func(id string) error {
				_, err := s.Request(t.Context(), &api.ConversationItemCreate{Item: api.WithItemID(api.UserText("x"), id)})
				return err
			}
			for _, id := range []string{strings.Repeat("x", 33), "item/1", "ünicode", "a b"} {
				err := create(id)
				if skip {
					refused, ok := errors.AsType[*realtime.ServerError](err)
					require.True(t, ok, "%q: %v", id, err)
					assert.Equal(t, "item.id", refused.Param())
					continue
				}
				invalid, ok := errors.AsType[*api.ValidationError](err)
				require.True(t, ok, "%q: %v", id, err)
				assert.Contains(t, invalid.Path, "item.id")
			}
			require.NoError(t, create(strings.Repeat("x", 32)))
			require.NoError(t, create("item_OK-1"))
			_, err = s.Request(t.Context(), &api.ConversationItemRetrieve{ItemID: "item_OK-1"})
			require.NoError(t, err, "all that the server says about the first one has come")
			refused, ok := errors.AsType[*realtime.ServerError](create("item_OK-1"))
			require.True(t, ok)
			assert.Equal(t, "item_already_exists", refused.Code())
			require.NoError(t, s.Close())
		})
	}
}
