package agent_test

import (
	"fmt"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/realtime"
)

func ExamplePlayback() {
	var playback agent.Playback
	second := make([]byte, realtime.RatePCM)
	playback.Add("item_1", 0, second)
	playback.Add("item_1", 0, second) // answers arrive faster than they play
	playback.Played(60_000)           // the device's own count
	if cut, ok := playback.Interrupt(); ok {
		fmt.Println(cut.EventType(), cut.ItemID, cut.AudioEndMS)
	}
	fmt.Println("play what comes late:", playback.Add("item_1", 0, second))
	// Output:
	// conversation.item.truncate item_1 1250
	// play what comes late: false
}
