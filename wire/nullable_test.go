package wire

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNullablePrints(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "absent null 3 [a b]", fmt.Sprint(Nullable[int]{}, " ", NullOf[int](), " ", Value(3), " ", Value([]string{"a", "b"})))
}
