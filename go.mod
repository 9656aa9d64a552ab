module github.com/voicelane/realtime-go

go 1.26.0
