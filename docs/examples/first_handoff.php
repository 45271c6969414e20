<?php
// A first hand-off with PHP alone: php first_handoff.php SANDBOX. The page: docs/first-handoff.md.
declare(strict_types=1);

final class Adapter
{
    private string $api;
    private string $token;

    public function __construct(string $sandbox, string $agency)
    {
        $folder = "$sandbox/adapters/$agency";
        $this->api = str_replace('API=', '', file("$folder/env", FILE_IGNORE_NEW_LINES)[0]);
        $this->token = trim(file_get_contents("$folder/token"));
    }

    public function call(string $method, string $path, ?array $body = null): array
    {
        $headers = ["Authorization: Bearer $this->token"];
        $content = '';
        if ($body !== null) {
            // Made once for each act and kept with it: the same key again is the same act.
            $headers[] = 'Idempotency-Key: ' . bin2hex(random_bytes(16));
            $headers[] = 'Content-Type: application/json';
            $content = json_encode((object)$body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
        }
        $context = stream_context_create(['http' => ['method' => $method, 'header' => $headers, 'content' => $content,
            'timeout' => 60, 'ignore_errors' => true, 'protocol_version' => 1.1]]);
        $text = file_get_contents($this->api . $path, false, $context);
        $answer = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
        if ((int)explode(' ', $http_response_header[0])[1] >= 400) {
            throw new RuntimeException("$method $path: {$answer['code']} {$answer['detail']}");
        }
        return $answer;
    }
}

$sandbox = $argv[1];
$district = new Adapter($sandbox, 'H37.24');
$department = new Adapter($sandbox, 'H37.11');

$code = $district->call('POST', '/v1/codes', [])['code'];
$district->call('POST', '/v1/envelopes', ['kind' => 'OPEN', 'dossier' => $code, 'to' => [['agency' => 'H37.24']],
    'procedure' => '1.010828', 'received' => true, 'body' => ['hoTen' => 'Hoàng Thị Sáu']]);
$sent = $district->call('POST', '/v1/envelopes', ['kind' => 'FORWARD', 'dossier' => $code,
    'to' => [['agency' => 'H37.11', 'leg' => 'doi-chieu']]]);

$after = '0';
$item = null;
while ($item === null) {
    $page = $department->call('GET', "/v1/inbox?after=$after&wait=30");
    foreach ($page['items'] as $one) {
        if ($one['id'] === $sent['id']) {
            $item = $one;
        }
    }
    $after = $page['after'];
}
$department->call('POST', "/v1/inbox/{$item['number']}/accept", []);

$state = $district->call('GET', "/v1/envelopes/{$sent['id']}?wait=30&until=answered");
echo $code, ' ', $state['answers'][0]['state'], "\n";
