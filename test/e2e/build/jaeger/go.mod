module guru-meditation/e2e/jaeger

go 1.26.0

// Jaeger 2.13.0.
require github.com/jaegertracing/jaeger v1.76.0

replace github.com/Shopify/sarama => github.com/Shopify/sarama v1.33.0
