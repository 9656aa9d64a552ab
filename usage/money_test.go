package usage

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMoneyIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Money{
		"0.00": 0, "4.00": 4 * unit, "0.40": 400_000_000_000, "0.000000000001": 1,
		"-1.50": -1_500_000_000_000, "9223371.999999999999": 9_223_371_999_999_999_999,
	} {
		got, err := ParseMoney(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, text, got.String())
	}
	for _, text := range []string{"", ".", "1.", ".5", "1e3", "+1", "--1", "1,5", "0.0000000000001", "9223373", " 1", "0x1"} {
		_, err := ParseMoney(text)
		assert.Error(t, err, text)
	}
	assert.Equal(t, "-9223372.036854775808", Money(math.MinInt64).String())
}

func TestMoneyIsRoundedToMicros(t *testing.T) {
	t.Parallel()
	for m, want := range map[Money]int64{
		0: 0, 499_999: 0, 500_000: 1, -499_999: 0, -500_000: -1, 1_499_999: 1, 12_345_678_901: 12_346,
	} {
		assert.Equal(t, want, m.Micros(), m.String())
	}
}

func TestMoneyInJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(Rate{Input: 4 * unit})
	require.NoError(t, err)
	assert.JSONEq(t, `{"input": "4.00"}`, string(text))
	require.Error(t, json.Unmarshal([]byte(`{"input": "free"}`), &Rate{}))
}

func TestShareIsExact(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		price, n := Money(r.Int64N(100*int64(unit))), r.Int64N(1_000_000)
		got, err := share(price, n, 1_000_000)
		require.NoError(t, err)
		// Within half a trillionth of the real quotient.
		whole, part := int64(price)/1_000_000, int64(price)%1_000_000
		want := Money(whole*n + (part*n+500_000)/1_000_000)
		assert.Equal(t, want, got)
	}
	_, err := share(math.MaxInt64, 2, 1)
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = share(math.MaxInt64, math.MaxInt64, 1)
	require.ErrorIs(t, err, ErrTooLarge)
}
