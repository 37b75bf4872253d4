// Prints, as a JSON array, the devices last contacted after a moment (all without one).
//
//	apt-get install golang-go golang-github-nats-io-go-nats-dev golang-github-gomodule-redigo-dev
//	GO111MODULE=off GOPATH=/usr/share/gocode go build devices.go      # or with modules: go mod init devices && go mod tidy && go build
//	NATS_URL=... REDIS_URL=... ./devices [2020-07-15T15:25:42Z]
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/nats-io/nats.go"
)

// tryAgain is what may be over in a second.
type tryAgain struct{ error }

type reply struct {
	Status   int             `json:"status"`
	Body     json.RawMessage `json:"body"`
	IsStored bool            `json:"is_stored"`
	Token    string          `json:"token"`
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// stored reads a reply over the server's max_payload, which stands in Redis. Only then is Redis needed.
func stored(token string) ([]byte, error) {
	connection, err := redis.DialURL(setting("REDIS_URL", "redis://127.0.0.1:6379/0"),
		redis.DialConnectTimeout(2*time.Second), redis.DialReadTimeout(2*time.Second))
	if err != nil {
		return nil, tryAgain{fmt.Errorf("Redis: %w", err)}
	}
	defer connection.Close()
	text, err := redis.Bytes(connection.Do("GET", token))
	if errors.Is(err, redis.ErrNil) {
		return nil, tryAgain{errors.New("the stored reply has expired")}
	}
	if err != nil {
		return nil, tryAgain{fmt.Errorf("Redis: %w", err)}
	}
	return text, nil
}

// devices is a JSON array; after is nil or a moment.
func devices(connection *nats.Conn, after *string) (json.RawMessage, error) {
	request, _ := json.Marshal(map[string]any{"request_id": nats.NewInbox(), "body": map[string]any{"last_contact_filter": after}})
	message, err := connection.Request("hawkeye.customer.cache.get", request, 3*time.Second)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, tryAgain{errors.New("no instance of the service is running")}
	}
	if errors.Is(err, nats.ErrTimeout) {
		return nil, tryAgain{errors.New("no reply within 3 s")}
	}
	if err != nil {
		return nil, err
	}
	var answer reply
	if err := json.Unmarshal(message.Data, &answer); err != nil {
		return nil, err
	}
	if answer.IsStored {
		text, err := stored(answer.Token)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return nil, err
		}
	}
	switch answer.Status {
	case 200:
		return answer.Body, nil
	case 404:
		return json.RawMessage("[]"), nil // really none: not a failure
	case 503:
		return nil, tryAgain{fmt.Errorf("503: %s", answer.Body)}
	default: // 202, 400
		return nil, fmt.Errorf("%d: %s", answer.Status, answer.Body)
	}
}

func patiently(ask func() (json.RawMessage, error)) (json.RawMessage, error) {
	for pause := 500 * time.Millisecond; ; pause *= 2 {
		result, err := ask()
		if !errors.As(err, &tryAgain{}) || pause > time.Second { // three tries
			return result, err
		}
		time.Sleep(pause)
	}
}

func main() {
	var after *string
	if len(os.Args) > 1 {
		after = &os.Args[1]
	}
	connection, err := nats.Connect(setting("NATS_URL", nats.DefaultURL), nats.Name("example"))
	if err == nil {
		defer connection.Close()
		var found json.RawMessage
		if found, err = patiently(func() (json.RawMessage, error) { return devices(connection, after) }); err == nil {
			fmt.Println(string(found))
			return
		}
	}
	fmt.Fprintln(os.Stderr, err) // nothing is known now: not the same as no devices
	os.Exit(1)
}
