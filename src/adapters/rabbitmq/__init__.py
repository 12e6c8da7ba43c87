"""The job queue in RabbitMQ, through pika."""
