// Scenarios on kafkajs. usage: node clients.mjs SCENARIO HOST:PORT UNIQUE-NAME
// Ends with status 0 when the scenario held.
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'

const { Kafka, CompressionTypes, ConfigResourceTypes, Partitioners, logLevel } = kafkajs
const [scenario, bootstrap, name] = process.argv.slice(2)
const kafka = new Kafka({
  brokers: [bootstrap],
  clientId: 'system-tests',
  logLevel: logLevel.NOTHING,
  retry: { retries: 8, initialRetryTime: 100 }
})
const opened = []

async function open (client) {
  await client.connect()
  opened.push(client)
  return client
}

const admin = () => open(kafka.admin())
const producer = (options = {}) => open(kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options }))

async function consumer (groupId, onMessage, topic) {
  const client = await open(kafka.consumer({
    groupId, sessionTimeout: 10000, heartbeatInterval: 300, rebalanceTimeout: 15000, maxWaitTimeInMs: 200
  }))
  const joins = []
  client.on(client.events.GROUP_JOIN, event => joins.push(event.payload))
  await client.subscribe({ topics: [topic], fromBeginning: true })
  await client.run({ eachMessage: async message => onMessage(message) })
  return { client, joins }
}

async function until (what, condition, limitMs = 30000) {
  const deadline = Date.now() + limitMs
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${limitMs} ms: ${what}`)
    await delay(20)
  }
}

async function createTopic (numPartitions) {
  const client = await admin()
  await client.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions, replicationFactor: 1 }] })
  return client
}

const scenarios = {
  async administration () {
    const client = await createTopic(3)
    assert.ok((await client.listTopics()).includes(name))
    const { topics: [described] } = await client.fetchTopicMetadata({ topics: [name] })
    assert.equal(described.partitions.length, 3)
    assert.equal(await client.createTopics({ topics: [{ topic: name }] }), false)

    await client.createPartitions({ topicPartitions: [{ topic: name, count: 4 }] })
    await until('four partitions', async () =>
      (await client.fetchTopicMetadata({ topics: [name] })).topics[0].partitions.length === 4)

    const sender = await producer()
    await sender.send({ topic: name, messages: [{ partition: 0, value: 'a' }, { partition: 0, value: 'b' }] })
    const offsets = await client.fetchTopicOffsets(name)
    assert.equal(offsets.find(o => o.partition === 0).offset, '2')
    await client.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '1' }] })
    assert.equal((await client.fetchTopicOffsets(name)).find(o => o.partition === 0).low, '1')

    const resource = { type: ConfigResourceTypes.TOPIC, name }
    await client.alterConfigs({ resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '60000' }] }] })
    await until('the config', async () => {
      const { resources: [answer] } = await client.describeConfigs({ resources: [{ ...resource, configNames: ['retention.ms'] }] })
      return answer.configEntries.length === 1 && answer.configEntries[0].configValue === '60000'
    })

    await client.setOffsets({ groupId: name, topic: name, partitions: [{ partition: 0, offset: '2' }] })
    assert.equal((await client.fetchOffsets({ groupId: name, topics: [name] }))[0].partitions.find(p => p.partition === 0).offset, '2')
    assert.ok((await client.listGroups()).groups.some(g => g.groupId === name))
    await client.deleteGroups([name])

    const cluster = await client.describeCluster()
    assert.equal(cluster.brokers.length, 1)
    await client.deleteTopics({ topics: [name] })
    await until('the topic is gone', async () => !(await client.listTopics()).includes(name))
  },

  async produceAndConsume () {
    await createTopic(3)
    for (const options of [{}, { idempotent: true, maxInFlightRequests: 1 }]) {
      const sender = await producer(options)
      for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
        await sender.send({
          topic: name,
          acks: -1,
          compression,
          messages: Array.from({ length: 50 }, (_, i) => ({
            key: `k${i}`, value: `v${i}`, headers: { codec: String(compression), twice: ['1', '2'] }, timestamp: String(1600000000000 + i)
          }))
        })
      }
    }
    const read = []
    await consumer(name, ({ message }) => read.push(message), name)
    await until('200 records', () => read.length === 200)
    for (const message of read) {
      assert.equal(message.value.toString(), message.key.toString().replace('k', 'v'))
      assert.equal(message.timestamp, String(1600000000000 + Number(message.key.toString().slice(1))))
      assert.deepEqual(message.headers.twice.map(String), ['1', '2'])
    }
  },

  async twoMembersRebalance () {
    await createTopic(4)
    const sender = await producer()
    const read = new Set()
    const remember = ({ message }) => read.add(message.value.toString())
    const first = await consumer(name, remember, name)
    await until('the first has all partitions', () => (first.joins.at(-1)?.memberAssignment[name] ?? []).length === 4)
    const second = await consumer(name, remember, name)
    await until('each has two partitions', () => [first, second].every(member =>
      (member.joins.at(-1)?.memberAssignment[name] ?? []).length === 2))
    for (let partition = 0; partition < 4; partition++) {
      await sender.send({ topic: name, messages: [{ partition, value: `shared ${partition}` }] })
    }
    await until('records of all partitions', () => read.size === 4)
    await second.client.disconnect()
    await until('the first has all partitions again', () => first.joins.at(-1).memberAssignment[name].length === 4)
    await sender.send({ topic: name, messages: [0, 1, 2, 3].map(partition => ({ partition, value: `alone ${partition}` })) })
    await until('all records', () => read.size === 8)
  },

  async transactions () {
    const client = await createTopic(2)
    const transactional = () => producer({ transactionalId: name, maxInFlightRequests: 1, idempotent: true })
    const send = (transaction, value) =>
      transaction.send({ topic: name, messages: [0, 1].map(partition => ({ partition, value: `${value} ${partition}` })) })
    const first = await transactional()
    const aborted = await first.transaction()
    await send(aborted, 'aborted')
    await aborted.sendOffsets({ consumerGroupId: name, topics: [{ topic: name, partitions: [{ partition: 0, offset: '7' }] }] })
    await aborted.abort()
    const committed = await first.transaction()
    await send(committed, 'committed')
    await committed.sendOffsets({ consumerGroupId: name, topics: [{ topic: name, partitions: [{ partition: 0, offset: '1' }] }] })
    await committed.commit()
    await until('the committed offset, which may be in doubt for a moment', async () =>
      (await client.fetchOffsets({ groupId: name, topics: [name] }))[0].partitions.find(p => p.partition === 0).offset === '1')

    const open = await first.transaction()
    await send(open, 'fenced')
    const second = await transactional()
    const after = await second.transaction()
    await assert.rejects(async () => {
      await send(open, 'late')
      await open.commit()
    })
    await send(after, 'after')
    await after.commit()

    const read = []
    // kafkajs reads committed records only, unless told otherwise.
    await consumer(`${name}-reader`, ({ message }) => read.push(message.value.toString()), name)
    await until('four records', () => read.length >= 4)
    assert.deepEqual(read.sort(), ['after 0', 'after 1', 'committed 0', 'committed 1'])
  }
}

let status = 0
try {
  await scenarios[scenario]()
} catch (error) {
  console.error(error)
  status = 1
}
await Promise.race([Promise.allSettled(opened.map(client => client.disconnect())), delay(10000)])
process.exit(status)
